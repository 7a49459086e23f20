"""What pages are made of: controls, answers as charts, numbers and tables, messages, links."""
