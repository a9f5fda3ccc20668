"""What payroll does: each service reads plain values, thinks without the database, then writes in one transaction."""
