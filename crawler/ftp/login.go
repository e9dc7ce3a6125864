package ftp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trawl/crawler"
	"trawl/crawler/words"
	"trawl/index"
)

// swallows is remembered among the demoted ways of a server that loses commands which are
// sent ahead; attempts is how often it must lose some. A server is met so often at most.
const (
	swallows     = "pipelining: commands that are sent ahead are lost"
	attempts     = 3
	mostMeetings = 12
)

// connect logs in for the first time and finds out what the server can do.
func (s *server) connect(ctx context.Context) error {
	s.can.pipeline = !s.remembered(swallows)
	s.can.virtual = s.names() && s.feature("HOST")
	l, err := s.connections.get(ctx)
	if err != nil {
		return err
	}
	defer func() { s.connections.put(l) }()
	closed, doubt := 0, false // doubt: a command was lost that was sent ahead
	for meeting := 1; ; meeting++ {
		ahead := s.able().pipeline
		err := s.meet(ctx, &l)
		if err == nil {
			if doubt { // it answers all that is asked one at a time
				s.note(swallows)
			}
			s.learn(func(_ *index.Known, can *abilities) { can.met = true })
			return nil
		}
		var at *lostAt
		switch {
		case !errors.As(err, &at) || ctx.Err() != nil || meeting == mostMeetings:
			return err
		case ahead && !at.sure:
			if closed++; silence(err) || closed == attempts {
				doubt = true
				s.learn(func(_ *index.Known, can *abilities) { can.pipeline = false })
			}
		case !s.hush(at.verb, at.err):
			return err
		case doubt: // it was that command, however it is sent
			doubt = false
			s.learn(func(_ *index.Known, can *abilities) { can.pipeline = true })
		}
		if err := s.again(ctx, &l); err != nil {
			return err
		}
	}
}

// meet finds out what the server can do, over a connection that has just logged in.
func (s *server) meet(ctx context.Context, l **connection) error {
	if err := s.features(ctx, *l); err != nil {
		return err
	}
	if s.names() && s.feature("HOST") && !s.able().virtual {
		// Another host of that name may be behind this address.
		s.learn(func(_ *index.Known, can *abilities) { can.virtual = true })
		if err := s.again(ctx, l); err != nil {
			return err
		}
	}
	return s.probe(ctx, *l)
}

// again replaces a connection by a new one.
func (s *server) again(ctx context.Context, l **connection) error {
	(*l).kill()
	fresh, err := s.login(ctx)
	if err != nil {
		return err
	}
	s.connections.replace(*l, fresh)
	*l = fresh
	return nil
}

// names reports whether the host has a name, for HOST, and not only an address.
func (s *server) names() bool {
	_, err := netip.ParseAddr(s.id.Hostname())
	return err != nil
}

// login opens a control connection and logs in.
func (s *server) login(ctx context.Context) (*connection, error) {
	conn, err := s.dial(ctx, address(s.id))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", crawler.ErrDown, err)
	}
	c := newControl(conn, s.limits)
	defer context.AfterFunc(ctx, c.kill)()
	if err := s.greet(ctx, c); err != nil {
		c.kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	l := &connection{control: c}
	if !s.able().met {
		return l, nil
	}
	if err := s.begin(ctx, l); err != nil {
		c.kill()
		return nil, err
	}
	return l, nil
}

// begin sets up a session on a server whose abilities are known.
func (s *server) begin(ctx context.Context, l *connection) error {
	commands := s.manners()
	next := s.able().passive == "EPSV" && !s.able().announce
	if next {
		commands = append(commands, "EPSV")
	}
	replies, err := s.converse(ctx, l, commands)
	if err != nil {
		return err
	}
	l.kind = "A"
	if next {
		l.follows(replies[len(replies)-1])
	}
	return nil
}

// greet makes a new connection ready for listing.
func (s *server) greet(ctx context.Context, c *control) error {
	if s.encryption() == "implicit" {
		if err := s.encrypt(ctx, c); err != nil {
			return err
		}
	}
	hello, err := c.answer("")
	for wait := 0; err == nil && hello.code/100 == 1 && wait < strays; wait++ { // 120: ready in some minutes
		hello, err = c.answer("")
	}
	switch {
	case errors.Is(err, crawler.ErrBusy):
		return err
	case err != nil: // this server does not speak FTP
		if c.remark != "" {
			err = &foreignWords{err, c.remark}
		}
		return fmt.Errorf("%w: greeting: %w", crawler.ErrDown, err)
	case tooMany(hello):
		return &turned{crawler.ErrBusy, "greeting", hello, ""}
	case !hello.ok():
		return &turned{crawler.ErrDown, "greeting", hello, ""}
	}
	s.greeted(c, hello)
	if s.encryption() == "explicit" {
		if err := s.upgrade(ctx, c); err != nil {
			return err
		}
	}
	if s.able().virtual {
		if _, err := c.ask(ctx, s.pacer, "HOST "+s.id.Hostname()); err != nil {
			return err
		}
	}
	if err := s.authenticate(ctx, c); err != nil {
		return err
	}
	if s.encryption() != "" {
		return s.protect(ctx, c)
	}
	return nil
}

// authenticate logs in.
func (s *server) authenticate(ctx context.Context, c *control) error {
	user, password := s.credentials()
	r, err := s.identify(ctx, c, "USER "+user, "PASS "+password)
	if err == nil && r.code == 332 {
		s.learn(func(_ *index.Known, can *abilities) { can.account = true })
		r, err = c.ask(ctx, s.pacer, "ACCT "+password)
	}
	switch {
	case s.encryption() == "" && wantsTLS(r):
		return &turned{crawler.ErrPlain, "", r, "set TLS to explicit"}
	case err != nil:
		return err
	case r.ok():
		return nil
	case tooMany(r):
		return &turned{crawler.ErrBusy, "", r, ""}
	}
	return &turned{fmt.Errorf("%w for %q", crawler.ErrLogin, user), "", r, ""}
}

// credentials returns the name and the password to log in with.
func (s *server) credentials() (user, password string) {
	if s.settings.User == "" {
		return "anonymous", s.contact
	}
	return s.settings.User, s.settings.Password
}

// identify sends the name and, if the server asks for it, the password. Products that are
// known to accept commands ahead of the login get both at once.
func (s *server) identify(ctx context.Context, c *control, user, password string) (reply, error) {
	product, _, _ := strings.Cut(strings.ToLower(c.product), " ")
	proven := []string{"vsftpd", "proftpd", "pure-ftpd", "pyftpdlib", "inetutils", "trawl"}
	if !s.able().pipeline || !slices.Contains(proven, product) {
		return s.identifySingly(ctx, c, user, password)
	}
	commands := []string{user, password}
	asks := !s.asked()
	if asks {
		commands = append(commands, "FEAT")
	}
	for range commands {
		if err := s.pacer.Command(ctx); err != nil {
			return reply{}, err
		}
	}
	if err := c.send(commands...); err != nil {
		return reply{}, err
	}
	r, err := c.answer("USER")
	if err != nil || r.code/100 > 3 { // it may close the connection
		return r, err
	}
	second, err := c.answer("PASS")
	if r.code == 331 {
		r = second
	}
	if asks && err == nil && r.code/100 <= 3 {
		var features reply
		if features, err = c.answerWithin("FEAT", c.optional()); err != nil {
			return r, &lostAt{"FEAT", true, err}
		}
		s.offers(features)
	}
	return r, err
}

// identifySingly sends the name, and the password when the server asks for it.
func (s *server) identifySingly(ctx context.Context, c *control, user, password string) (reply, error) {
	r, err := c.ask(ctx, s.pacer, user)
	if err != nil || r.code != 331 {
		return r, err
	}
	if r, err = c.ask(ctx, s.pacer, password); err != nil || r.code != 331 {
		return r, err
	}
	if second, err := c.answerWithin("PASS", c.optional()); err == nil { // it has asked twice
		r = second
	}
	return r, nil
}

// wantsTLS reports whether a login was refused because it came in the clear.
func wantsTLS(r reply) bool { return r.code >= 400 && words.Has(r.text, words.Secret) }

// tooMany reports whether a login was refused only for now.
func tooMany(r reply) bool {
	return r.code == 421 || r.code/100 == 4 && r.code != 430 || r.code == 530 && words.Has(r.text, words.Crowded)
}

// greeted remembers the software, and forgets the facts about another one. If the server
// says how many connections are free, no more than half of them are used.
func (s *server) greeted(c *control, hello reply) {
	name := software(hello.text)
	c.product = name
	if m := places.FindStringSubmatch(hello.text); m != nil {
		taken, _ := strconv.Atoi(m[1])
		all, _ := strconv.Atoi(m[2])
		s.connections.bound((all - taken + 1) / 2)
	}
	s.learn(func(known *index.Known, _ *abilities) {
		if name != "" && known.Software != "" && name != known.Software {
			known.Features, known.Demoted = nil, nil // a way that failed there may work here
		}
		if name != "" {
			known.Software = name
		}
	})
}

// places matches the number of this connection and of all allowed ones, as Pure-FTPd prints
// them ("You are user number 3 of 50 allowed.").
var places = regexp.MustCompile(`(?i)user(?: number)? #?(\d{1,6}) (?:out )?of (?:a possible |a maximum of )?(\d{1,6})`)

// products matches the names by which servers greet, with their versions.
var products = regexp.MustCompile(`(?i)(vsftpd|proftpd|pure-ftpd|filezilla server|microsoft ftp service|` +
	`pyftpdlib|serv-u|wu-|ncftpd|glftpd|drftpd|gene6|cerberus|crushftp|xlight|titan|warftpd|bulletproof|` +
	`rumpus|netpresenz|webstar|inetutils|twoftpd|oftpd|bftpd|muddleftpd|publicfile|trawl)[ /v]*([0-9][0-9.a-z-]*)?`)

// software returns the name of the software in a greeting, or "".
func software(greeting string) string {
	m := products.FindStringSubmatch(greeting)
	if m == nil {
		return ""
	}
	return strings.TrimSpace(m[1] + " " + m[2])
}

// firstLine returns the first line of a reply, made visible and short.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return index.Visible(line[:min(len(line), 100)])
}
