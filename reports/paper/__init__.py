"""A report as a document, and the forms it takes: page, XLSX, PDF, CSV, JSON, one line for a chat group."""
