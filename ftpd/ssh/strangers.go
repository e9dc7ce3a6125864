package ssh

import (
	"container/list"
	"sync"
	"time"
)

// patience is how long a session may take to log in while all sessions are taken. A login takes less than a second.
const patience = 5 * time.Second

// strangers are the sessions in which nobody has logged in yet. Its methods may be called by many sessions at once.
type strangers struct {
	mu  sync.Mutex // guards what follows
	all list.List  // of stranger, the one that waits for the longest time first
	at  map[*session]*list.Element
}

// stranger is a session, and what gives its place to another.
type stranger struct {
	*session
	release func()
}

// add records a session. Both the session and makeRoom may call release.
func (s *strangers) add(one *session, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[*session]*list.Element{}
	}
	s.at[one] = s.all.PushBack(stranger{one, release})
}

// remove records that somebody has logged in, or that the session has ended. It is safe to call it twice.
func (s *strangers) remove(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.at[one]; e != nil {
		s.all.Remove(e)
		delete(s.at, one)
	}
}

// makeRoom ends the session that waits for the longest time, if that is longer than patience: so whoever stalls before the
// login does not keep others out. It reports whether there is a place now.
func (s *strangers) makeRoom(now time.Time) bool {
	s.mu.Lock()
	first := s.all.Front()
	if first == nil || now.Sub(first.Value.(stranger).activity.Info().Since) < patience {
		s.mu.Unlock()
		return false
	}
	one := s.all.Remove(first).(stranger)
	delete(s.at, one.session)
	s.mu.Unlock()
	one.activity.Cut("it stalled before the login, and others waited for its place")
	one.release()
	return true
}
