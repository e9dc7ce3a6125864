package ftpd

import (
	"context"
	"time"
)

// maxHeld is how many commands may wait for the end of a transfer while ABOR behind them is still seen.
const maxHeld = 64

// hold keeps a command for the end of the transfer. It reports false if there is none, or if too many are held.
func (s *session) hold(line string) bool {
	if len(s.held) >= maxHeld || !s.course.await() {
		return false
	}
	if len(s.held) == 0 {
		s.stood = standing{s.transfer, s.transfer.moved(), time.Now()}
	}
	s.held = append(s.held, line)
	return true
}

// answerHeld answers the commands that waited for the end of a transfer. One of them may begin another transfer, for which
// the rest waits.
func (s *session) answerHeld(ctx context.Context) {
	s.ended = s.ended || s.quit
	lines := s.held
	s.held = nil
	for _, line := range lines {
		if !s.ended {
			s.take(ctx, line)
		}
	}
}

// standing is how far a transfer was, and since when.
type standing struct {
	transfer *transfer
	moved    int64
	since    time.Time
}

// lookAtHeld refuses the commands that wait for the end of a transfer on which nothing moves: the client may wait for the replies
// before it reads on, and then neither side would ever go on. RFC 959 section 4.2 has 450 for what is busy; ProFTPD
// answers so at once, but then a client cannot send the next commands before the end of a transfer.
func (s *session) lookAtHeld(now time.Time) {
	t := s.course.current()
	if t == nil || t.conn.Load() == nil || len(s.held) == 0 {
		return
	}
	if moved := t.moved(); t != s.stood.transfer || moved != s.stood.moved {
		s.stood = standing{t, moved, now}
		return
	}
	if now.Sub(s.stood.since) < s.Held {
		return
	}
	for _, line := range s.held {
		verb, _ := split(line)
		s.reply(450, short(verb)+": A transfer is under way, on which nothing moves.")
	}
	s.held = nil
}
