//go:build !race

package main

// raced is how much more memory the race detector takes.
const raced = 1
