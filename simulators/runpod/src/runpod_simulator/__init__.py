"""A RunPod Serverless endpoint running worker-comfyui, simulated as a real HTTP server."""
