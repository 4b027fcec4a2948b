"""CSV tables of the scripts here. Standard library only."""

import csv
import gzip

csv.field_size_limit(1 << 30)


def read(path):
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write(path, rows, fields=None):
    """All columns of the rows, or only `fields`."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields or rows[0].keys(), extrasaction="ignore" if fields else "raise")
        writer.writeheader()
        writer.writerows(rows)
