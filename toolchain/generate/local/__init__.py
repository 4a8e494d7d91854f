"""Open models on the user's own GPU, each in an environment of its own: we speak to a worker over a pipe."""
