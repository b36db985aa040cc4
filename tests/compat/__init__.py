"""The previous release on the schema of this one: what a deploy is for as long as it takes."""
