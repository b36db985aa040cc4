"""What a migration may not do while the previous release still runs on the same tables."""

import re

CONTRACT_MARK = "-- contract:"
"""A line with it may take away what the previous release no longer uses; it says since when."""
_COMMENT = re.compile(r"--[^\n]*")
_TEXT = re.compile(r"\$\$.*?\$\$|'(?:[^']|'')*'", re.DOTALL)
_CREATED = re.compile(r"\bCREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
_FORBIDDEN = {
    "takes something away": r"\bDROP\b(?! INDEX\b)",
    "empties a table": r"\b(TRUNCATE|DELETE)\b",
    "renames": r"\bRENAME\b",
    "changes a type": r"\bALTER (COLUMN )?\w+ (SET DATA )?TYPE\b",
    "demands what old writers leave out": r"\bSET NOT NULL\b",
    "checks rows of old writers": r"\bADD (CONSTRAINT \w+ )?(CHECK|UNIQUE|FOREIGN|PRIMARY)\b",
}


def violations(sql: str) -> list[str]:
    """Return what is wrong with the statements of a migration."""
    kept = "\n".join(line for line in sql.splitlines() if CONTRACT_MARK not in line)
    plain = _TEXT.sub("''", _COMMENT.sub("", kept))
    new_tables = {name.lower() for name in _CREATED.findall(plain)}
    return [
        f"{wrong}: {' '.join(statement.split())[:80]}"
        for statement in plain.split(";")
        for wrong in _wrongs(statement, new_tables)
    ]


def _wrongs(statement: str, new_tables: set[str]) -> list[str]:
    found = [
        wrong
        for wrong, pattern in _FORBIDDEN.items()
        if re.search(pattern, statement, re.IGNORECASE)
    ]
    upper = " ".join(statement.upper().split())
    found += [
        "demands a value that old writers leave out"
        for column in re.findall(r"\bADD COLUMN\b[^,]*", upper)
        if "NOT NULL" in column and "DEFAULT" not in column
    ]
    index = re.search(r"\bCREATE (?:UNIQUE )?INDEX\b.*\bON (\w+)", upper)
    if index and index[1].lower() not in new_tables and "CONCURRENTLY" not in upper:
        found.append("locks a table against writers")
    return found
