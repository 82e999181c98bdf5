//! A message and the ways to send it. Knows no flow that sent it.
