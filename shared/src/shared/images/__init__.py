"""Pictures: everything that decodes one does it in a limited child process."""
