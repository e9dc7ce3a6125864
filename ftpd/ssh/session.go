package ssh

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
)

// session is one connection. Its goroutine lets the user in; then each channel has a goroutine of its own.
type session struct {
	*service
	id       uint64
	conn     net.Conn
	peer     netip.AddrPort
	log      *slog.Logger
	activity *ftpd.Activity
	attempt  attempt

	login    account.Login
	release  func() // gives back what the login holds of the limits
	pace     *guard.Pace
	depth    int // directories in a path
	handles  atomic.Int32
	channels atomic.Int32
}

func newSession(v *service, id uint64, conn net.Conn, peer netip.AddrPort) *session {
	s := &session{service: v, conn: conn, peer: peer, id: id}
	s.log = v.Log.With("session", s.id, "peer", peer.String())
	s.activity = ftpd.NewActivity(ftpd.SessionInfo{Door: ftpd.SSH, Peer: peer, Secure: true}, func() { conn.Close() })
	return s
}

// event hands an event of the session to all who observe the server.
func (s *session) event(door string, e ftpd.Event) {
	e.Time, e.Session, e.Door, e.User, e.Peer, e.Secure = time.Now(), s.id, door, s.login.User, s.peer, true
	s.Observe.All(e)
}

// shows says to others who is in, and by which protocol.
func (s *session) shows(door string) {
	s.activity.Shows(func(i *ftpd.SessionInfo) { i.User, i.Door = s.login.User, door })
}

// serve answers the client until one of them ends the session, or ctx is done. When it returns, nothing of the session is left.
func (s *session) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	s.event(ftpd.SSH, ftpd.Event{Kind: ftpd.Connected})
	defer func() {
		cancel()
		stop()
		s.conn.Close()
		if s.release != nil {
			s.release()
		}
		s.event(ftpd.SSH, s.activity.Ended())
	}()
	conn, channels, requests, err := s.enter(ctx)
	if err != nil {
		s.log.Debug("no login", "err", err)
		return
	}
	defer hangUp(conn)
	defer endIdle(s.activity, s.Guard.Limits(s.login.Limits).Idle)()
	var wg sync.WaitGroup
	wg.Go(func() { ssh.DiscardRequests(requests) })
	for c := range channels {
		s.openChannel(ctx, c, &wg)
	}
	cancel()
	wg.Wait()
}

// maxChannels is how many channels a session may have at once, as MaxSessions of sshd says.
const maxChannels = 10

// openChannel opens a channel for SFTP or SCP, and refuses all others, such as those of forwarding.
func (s *session) openChannel(ctx context.Context, c ssh.NewChannel, wg *sync.WaitGroup) {
	switch {
	case c.ChannelType() != "session":
		_ = c.Reject(ssh.Prohibited, "there are files here, and nothing else")
		return
	case s.channels.Add(1) > maxChannels:
		s.channels.Add(-1)
		_ = c.Reject(ssh.ResourceShortage, "too many channels")
		return
	}
	wg.Go(func() {
		defer s.channels.Add(-1)
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		s.channel(ctx, channel, requests)
	})
}
