from caching import *

# More than there is room for: the process takes no more than it may, and keeps as much as it may.
# The node was started with 10 MB.
def resident():
    for line in open(f"/proc/{process}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024


def large(number):
    return answering(f"large{number}", body="x" * 1000, times=900)


for number in range(10):
    get(large(number))
before = resident()
for number in range(10, 200):
    get(large(number))
assert resident() - before < 50_000_000, (before, resident())
check_kept(answering("small"), True)
asked = len(reached)
for number in range(200):
    get(large(number))
assert len(reached) - asked >= 200 - 11, "there is no room for more of 900 KB"
# More than one entry may have is passed on, and leaves nothing.
check_kept(answering("larger", body="x" * 1000, times=1_100), False)
