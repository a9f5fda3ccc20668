"""Files that leave the house after a run: bank, Alipay, tax client, accounting, and the totals that prove them.

``files.write_exports`` takes plain values and writes a folder; ``people.export_people`` reads those values from
payslips. What a file looks like is data in ``layouts``; nothing here computes pay.
"""
