package ssh

import (
	"context"
	"encoding/binary"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
)

// channel waits for the client to ask for SFTP or SCP, once, and refuses all else: a shell, a terminal, an environment.
func (s *session) channel(ctx context.Context, c ssh.Channel, requests <-chan *ssh.Request) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer hangUp(c)
	begun := false
	for r := range requests { // to its end, since the connection waits for what is not taken
		s.activity.Touch()
		run := s.asked(r)
		ok := run != nil && !begun
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if ok {
			begun = true
			wg.Go(func() {
				defer hangUp(c)
				finish(c, run(ctx, c))
			})
		}
	}
}

// hangUp closes what may be closed already.
func hangUp(c io.Closer) { _ = c.Close() }

// finish says how what was asked for ended, as programs do.
func finish(c ssh.Channel, code uint32) {
	_, _ = c.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, code))
	_ = c.CloseWrite()
}

// asked returns what a request asks for; nil if that is nothing that is here.
func (s *session) asked(r *ssh.Request) func(context.Context, ssh.Channel) (code uint32) {
	var what struct{ Name string }
	if r.Type != "subsystem" && r.Type != "exec" || ssh.Unmarshal(r.Payload, &what) != nil {
		return nil
	}
	switch {
	case r.Type == "exec":
		c, ok := parseSCP(what.Name)
		if !ok {
			s.log.Debug("refused to run a program", "command", what.Name)
			return nil
		}
		s.shows(ftpd.SCP)
		return func(ctx context.Context, channel ssh.Channel) uint32 { return s.scp(ctx, channel, c) }
	case what.Name == "sftp":
		s.shows(ftpd.SFTP)
		return s.sftp
	}
	return nil
}
