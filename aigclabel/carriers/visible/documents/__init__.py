"""Notices in office documents, books and PDF."""
