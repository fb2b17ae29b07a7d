"""`python -m intake.schema`: writes the published JSON Schema."""

from intake.schema.publish import FILE, published

if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(published())
    print(FILE)
