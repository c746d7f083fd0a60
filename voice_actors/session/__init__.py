"""What SessionActor is made of: what comes in, what goes out, and what a broken or ageing link asks for."""
