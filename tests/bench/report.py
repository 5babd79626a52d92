"""What came out: tables and bars, for the terminal and for docs/benchmarks.md."""

import math
import re
from dataclasses import dataclass, field
from statistics import median

from tools import ROOT

DOCUMENT = ROOT / "docs/benchmarks.md"


@dataclass(frozen=True)
class Bar:
    """What must hold. `measured` is None where it could not be measured; `why` then tells."""

    what: str
    required: str
    measured: float | None
    holds: bool | None
    unit: str = "x"
    why: str = ""

    @classmethod
    def at_least(cls, what, minimum, measured, unit="x"):
        return cls(what, f"at least {minimum:g}{unit}", measured, measured >= minimum, unit)

    @classmethod
    def more_than(cls, what, minimum, measured, unit="x"):
        return cls(what, f"more than {minimum:g}{unit}", measured, measured > minimum, unit)

    @classmethod
    def at_most(cls, what, maximum, measured, unit="x"):
        return cls(what, f"at most {maximum:g}{unit}", measured, measured <= maximum, unit)

    @classmethod
    def unmeasured(cls, what, required, why):
        return cls(what, required, None, None, why=why)

    def row(self):
        if self.measured is None:
            return [self.what, self.required, self.why, "not measured"]
        return [self.what, self.required, f"{significant(self.measured)}{self.unit}", "yes" if self.holds else "**no**"]


@dataclass
class Section:
    """One part of the run."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self):
        parts = [] if not self.rows else [table(self.header, self.rows)]
        if self.bars:
            parts.append(table(["bar", "required", "measured", "holds"], [bar.row() for bar in self.bars]))
        return "\n\n".join(parts + self.notes) + "\n"

    def print(self):
        print(f"\n== {self.name}\n\n{self.text()}", flush=True)

    def write(self):
        """Puts the figures where the document has its place for them."""
        document = DOCUMENT.read_text()
        place = re.compile(rf"(<!-- {self.name}: begin -->\n).*?(<!-- {self.name}: end -->)", re.DOTALL)
        if not place.search(document):
            raise LookupError(f"{DOCUMENT} has no place for {self.name}")
        DOCUMENT.write_text(place.sub(lambda match: f"{match[1]}{self.text()}{match[2]}", document))


def table(header, rows):
    """Markdown that is readable as it is."""
    widths = [max(len(str(row[column])) for row in [header, *rows]) for column in range(len(header))]

    def line(cells):
        return "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)) + " |"

    return "\n".join([line(header), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])


def significant(value):
    """Three digits."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def ratio_of_rounds(ones, others):
    """The median over rounds of one's figure by the other's in the same round: drift cancels out."""
    return median(one / other for one, other in zip(ones, others))


# The columns of servers that were sampled in rounds.
SAMPLED = ["", "requests/s", "CPU µs/request", "throughput", "by CPU time"]


def ratio_of_samples(ones, others):
    """Of requests a second."""
    return ratio_of_rounds(*([each.per_second for each in samples] for samples in (ones, others)))


def sampled(samples, base):
    """The figures of a server, by those of another one if it was sampled."""
    cpu = median(each.cpu_micros for each in samples)
    figures = [significant(median(each.per_second for each in samples)), significant(cpu)]
    if not base:
        return [*figures, "", ""]
    base_cpu = median(each.cpu_micros for each in base)
    return [*figures, f"{ratio_of_samples(samples, base):.2f}x", f"{base_cpu / cpu:.2f}x"]
