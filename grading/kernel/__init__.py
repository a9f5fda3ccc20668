"""Pure building blocks of every calculation: money, periods, dated values, bands, exact numbers, errors."""
