"""The RunPod job API: what we send, what it answers, and where the picture is."""
