"""Writes AWS's test suite for Signature Version 4 as the files of published/, crt-header/ and crt-presigned/.

    import.py BOTOCORE AWS_SIGV4

BOTOCORE is an unpacked source distribution of botocore, AWS_SIGV4 the source of the crate aws-sigv4.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent


def text(path):
    return path.read_bytes().decode().replace("\r", "")


def write(folder, name, **parts):
    path = HERE / folder / f"{name}.txt"
    path.parent.mkdir(exist_ok=True)
    sections = (f"--- {part.replace('_', ' ')}\n{content}\n" for part, content in parts.items())
    path.write_text("".join(sections), encoding="utf-8")


def main(botocore, aws_sigv4):
    for path in sorted((botocore / "tests/unit/auth/aws4_testsuite").rglob("*.sreq")):
        write(
            "published",
            path.stem,
            # Of get-vanilla-with-session-token, the signed request has half a signature.
            signed_request=re.sub(
                "(?<=Authorization: ).*", text(path.with_suffix(".authz")).strip(), text(path)
            ),
            canonical_request=text(path.with_suffix(".creq")),
            string_to_sign=text(path.with_suffix(".sts")),
        )
    for case in sorted((aws_sigv4 / "aws-signing-test-suite/v4").iterdir()):
        for folder, form in (("crt-header", "header"), ("crt-presigned", "query")):
            files = {
                part.replace("-", "_"): case / f"{form}-{part}.txt"
                for part in ("signed-request", "canonical-request", "string-to-sign")
            }
            # double-url-encode has one form only; double-encode-path has no string to sign, and two dates.
            if all(file.exists() for file in files.values()):
                parts = {part: text(file) for part, file in files.items()}
                parts["string_to_sign"] = parts["string_to_sign"].rstrip("\n")
                write(folder, case.name, **parts)


main(*map(pathlib.Path, sys.argv[1:]))
