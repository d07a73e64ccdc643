# The seed's targets and a few more; each is a script that can be run by itself.
.PHONY: dev test lint fmt migrate upgrade worker beat build check tidy fuzz

dev test lint fmt upgrade worker beat build check tidy fuzz:
	@scripts/$@

migrate:
	@scripts/migrate "$(m)"
