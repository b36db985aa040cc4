"""`make vitals`: starts, memory at rest, uploads, life without webhooks, and RunPod's limits."""
