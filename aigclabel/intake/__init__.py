"""What platforms and vendors check and keep: admissions, publishers, model filings, the ledger."""
