package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/ssh"
)

// sftp returns a server of SFTP and SCP in place of one of FTP. Its host keys lie in the folder hosts, and are made there.
func (s *settings) sftp() (serve func(context.Context, ...net.Listener) error, err error) {
	keys, err := ssh.HostKeys(s.hosts)
	if err != nil {
		return nil, err
	}
	book, err := s.accounts()
	if err != nil {
		return nil, err
	}
	if s.keys != "" {
		text, err := os.ReadFile(s.keys)
		if err != nil {
			return nil, err
		}
		var line int
		if book.keys, line, err = account.ParseKeys(string(text)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.keys, line, err)
		}
	}
	srv := &ssh.Server{
		Accounts: book, Keys: keys, Anonymous: true, Grace: -1,
		Guard: guard.New(guard.Config{
			Sessions: s.sessions, AddrSessions: s.addr, Delay: -1, Failures: -1,
			User: guard.Limits{Tries: s.tries, Idle: s.idle},
		}),
	}
	return srv.Serve, nil
}
