package ssh

import (
	"sync/atomic"
	"time"
)

// transfer is a file that is being sent or received.
type transfer struct {
	began time.Time
	moved atomic.Int64 // bytes
}

// begin records that a transfer is under way, and shows it.
func (s *session) begin(doing, path string) *transfer {
	t := &transfer{began: time.Now()}
	s.activity.Begin()
	s.activity.Moves(doing, path, t.moved.Load)
	return t
}
