"""Jobs: taking one in, showing it, stopping it, handing out its pictures."""
