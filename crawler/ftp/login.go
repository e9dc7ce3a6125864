package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// swallows is what is remembered, among the demoted ways, of a server that loses
// commands which are sent ahead, and attempts how often that must show.
const (
	swallows = "pipelining: commands that are sent ahead are lost"
	attempts = 3
)

// What is read only to find out what a server can do is bounded more tightly.
const (
	tryBytes = 64 << 20
	tryTime  = 2 * time.Minute
)

// connect logs in for the first time and finds out what the server can do.
func (s *server) connect(ctx context.Context) error {
	s.can.pipeline = !s.remembered(swallows)
	s.can.virtual = s.names() && s.feature("HOST")
	l, err := s.lanes.get(ctx)
	if err != nil {
		return err
	}
	defer func() { s.lanes.put(l) }()
	if err := s.features(ctx, l); err != nil {
		return err
	}
	if s.names() && s.feature("HOST") && !s.able().virtual {
		// There may be another host of that name behind this address.
		s.learn(func(_ *index.Known, can *abilities) { can.virtual = true })
		if err := s.again(ctx, &l); err != nil {
			return err
		}
	}
	for attempt := 1; ; attempt++ {
		err := s.probe(ctx, l, attempt == 1)
		if err == nil {
			s.learn(func(_ *index.Known, can *abilities) { can.met = true })
		}
		lost := errors.Is(err, crawler.ErrGone) || errors.Is(err, crawler.ErrBroken)
		if !lost || !s.able().pipeline || ctx.Err() != nil {
			return err
		}
		if attempt == attempts {
			s.learn(func(known *index.Known, can *abilities) {
				can.pipeline = false
				known.Demoted = append(known.Demoted, swallows)
			})
		}
		if err := s.again(ctx, &l); err != nil {
			return err
		}
	}
}

// again replaces a lane by a new one.
func (s *server) again(ctx context.Context, l **lane) error {
	(*l).kill()
	fresh, err := s.login(ctx)
	if err != nil {
		return err
	}
	s.lanes.replace(*l, fresh)
	*l = fresh
	return nil
}

// names reports whether the host has a name that HOST could tell the server.
func (s *server) names() bool {
	_, err := netip.ParseAddr(hostname(s.id))
	return err != nil
}

// login opens a control connection and logs in.
func (s *server) login(ctx context.Context) (*lane, error) {
	conn, err := s.dial(ctx, s.id.Addr())
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
	l := &lane{control: c}
	if !s.able().met {
		return l, nil
	}
	if err := s.begin(ctx, l); err != nil {
		c.kill()
		return nil, err
	}
	return l, nil
}

// begin sets a session up on a server that was met before.
func (s *server) begin(ctx context.Context, l *lane) error {
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

// greet does on a new connection what must be done before anything is listed.
func (s *server) greet(ctx context.Context, c *control) error {
	if s.encryption() == "implicit" {
		if err := s.encrypt(ctx, c); err != nil {
			return err
		}
	}
	hello, err := c.reply()
	for err == nil && hello.code/100 == 1 { // 120: ready in some minutes
		hello, err = c.reply()
	}
	switch {
	case errors.Is(err, crawler.ErrBusy):
		return err
	case err != nil: // whoever it is, it does not speak FTP
		return fmt.Errorf("%w: greeting: %w", crawler.ErrDown, err)
	case tooMany(hello):
		return fmt.Errorf("%w: greeting: %d %s", crawler.ErrBusy, hello.code, index.Visible(hello.last()))
	case !hello.ok():
		return fmt.Errorf("%w: greeting: %d %s", crawler.ErrDown, hello.code, index.Visible(hello.last()))
	}
	s.greeted(c, hello)
	if s.encryption() == "explicit" {
		if err := s.upgrade(ctx, c); err != nil {
			return err
		}
	}
	if s.able().virtual {
		if _, err := c.ask(ctx, s.guest, "HOST "+hostname(s.id)); err != nil {
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

// authenticate says who comes.
func (s *server) authenticate(ctx context.Context, c *control) error {
	user, password := s.settings.User, s.settings.Password
	if user == "" {
		user, password = "anonymous", s.contact
	}
	r, err := s.identify(ctx, c, "USER "+user, "PASS "+password)
	if err == nil && r.code == 332 {
		r, err = c.ask(ctx, s.guest, "ACCT "+password)
	}
	switch {
	case err != nil:
		return err
	case r.ok():
		return nil
	case tooMany(r):
		return fmt.Errorf("%w: %d %s", crawler.ErrBusy, r.code, index.Visible(r.last()))
	}
	return fmt.Errorf("%w for %q: %d %s", crawler.ErrLogin, user, r.code, index.Visible(r.last()))
}

// identify says the name and, if it is asked for, the password: at once to servers
// that were seen to take commands ahead before the login.
func (s *server) identify(ctx context.Context, c *control, user, password string) (reply, error) {
	product, _, _ := strings.Cut(strings.ToLower(c.product), " ")
	proven := []string{"vsftpd", "proftpd", "pure-ftpd", "pyftpdlib", "inetutils", "trawl"}
	if !s.able().pipeline || !slices.Contains(proven, product) {
		r, err := c.ask(ctx, s.guest, user)
		if err == nil && r.code == 331 {
			r, err = c.ask(ctx, s.guest, password)
		}
		return r, err
	}
	if err := errors.Join(s.guest.Command(ctx), s.guest.Command(ctx)); err != nil {
		return reply{}, err
	}
	if err := c.send(user, password); err != nil {
		return reply{}, err
	}
	r, err := c.reply()
	if err != nil || r.code/100 > 3 { // it may close the connection
		return r, err
	}
	second, err := c.reply()
	if r.code == 331 {
		r = second
	}
	return r, err
}

// tooMany reports whether a login was refused for the moment only.
func tooMany(r reply) bool {
	return r.code == 421 || r.code/100 == 4 && r.code != 430 || r.code == 530 && slices.ContainsFunc([]string{
		"too many", "maximum", "max ", "limit", "try again", "try later", "again later", "busy", "is full", "exceed", "already logged",
	}, r.says)
}

// features asks what the server can do, unless that is known.
func (s *server) features(ctx context.Context, l *lane) error {
	s.mu.Lock()
	known := len(s.known.Features) > 0
	s.mu.Unlock()
	if known {
		return nil
	}
	r, err := l.ask(ctx, s.guest, "FEAT")
	if err != nil || !r.ok() {
		return err
	}
	lines := strings.Split(r.text, "\n")
	var features []string
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line != "" && len(features) < 100 && len(line) < 512 && !strings.HasPrefix(strings.ToLower(line), "end") {
			features = append(features, index.Visible(line))
		}
	}
	s.learn(func(known *index.Known, _ *abilities) { known.Features = features })
	return nil
}

// probe sets the session up and finds out whether STAT lists and where a list is
// published, in one round trip where the server takes commands ahead. With next
// the EPSV of the first transfer is among them.
func (s *server) probe(ctx context.Context, l *lane, next bool) error {
	root := s.id.Root()
	commands := append(s.manners(), "SYST")
	stat := len(commands)
	if s.able().pipeline && plain(root) { // one at a time, STAT is no gain
		commands = append(commands, "STAT -a "+s.wirePath(root), "STAT "+s.wirePath(root))
	}
	list := len(commands)
	var paths []index.Path
	if s.feature("MDTM") && s.able().pipeline {
		paths = s.guesses()
	}
	for _, p := range paths {
		commands = append(commands, "MDTM "+s.wirePath(p))
	}
	end := len(commands)
	if next && s.able().pipeline {
		commands = append(commands, "EPSV")
	}
	replies, err := s.converse(ctx, l, commands)
	if err != nil {
		return err
	}
	s.learn(func(known *index.Known, can *abilities) {
		if system := replies[stat-1]; system.ok() && known.Software == "" {
			known.Software = firstLine(system.text)
		}
		if list > stat {
			can.stat, can.dots = statCommand(replies[stat], replies[stat+1])
		}
	})
	s.choose(paths, replies[list:end])
	l.kind = "A"
	if end < len(replies) {
		l.follows(replies[end])
	}
	if list > stat {
		return s.zone(ctx, l, replies[stat].text, replies[stat+1].text)
	}
	return nil
}

// zone finds out how far the times of listings are ahead of UTC: MDTM, which
// tells UTC, is asked about a file of the root that a listing tells to the minute.
func (s *server) zone(ctx context.Context, l *lane, listings ...string) error {
	s.mu.Lock()
	before := s.known
	s.mu.Unlock()
	if before.Zone != 0 || !s.feature("MDTM") {
		return nil
	}
	file := recent(s.id.Root(), strings.Join(listings, "\n"))
	if file.Name == "" {
		return nil
	}
	r, err := l.ask(ctx, s.guest, "MDTM "+s.wirePath(s.id.Root().Join(file.Wire())))
	made, ok := modified(r)
	if err != nil || !ok {
		return err
	}
	const step = 15 * time.Minute // zones differ by no less
	zone := file.Time().Sub(made).Round(step)
	if zone == 0 || zone.Abs() > 14*time.Hour || (file.Time().Sub(made)-zone).Abs() > time.Minute {
		return nil
	}
	s.learn(func(known *index.Known, _ *abilities) { known.Zone = int(zone / time.Second) })
	s.parser, err = s.reader()
	return err
}

// recent returns a file that a listing tells the time of to the minute, and whose
// name can be sent as it is; without a name if there is none.
func recent(dir index.Path, text string) (file index.Entry) {
	parser, err := listing.New(listing.Options{})
	if err != nil {
		return file
	}
	_ = parser.List(strings.NewReader(text), dir, "", func(l index.Listing) error { // a hint: what fails is no loss
		for _, e := range l.Entries {
			if e.Kind == index.File && e.Precision == index.Minute && plain(dir.Join(e.Wire())) {
				file = e
			}
		}
		return nil
	})
	return file
}

// statCommand tells from the answers to "STAT -a DIR" and "STAT DIR" how
// directories are listed on the control connection, if at all.
func statCommand(all, some reply) (command string, dots bool) {
	switch {
	case all.ok() && lists(all) && dotted(all.text):
		return "STAT -a ", true
	case some.ok() && lists(some):
		return "STAT ", dotted(some.text)
	}
	return "", false
}

// lists reports whether a reply to STAT is a listing: it has lines between the
// first and the last.
func lists(r reply) bool { return strings.Count(r.text, "\n") >= 2 }

// dots matches a line of a listing that is the directory itself.
var dots = regexp.MustCompile(`(?m)^ ?d[^\r\n]* \.\r?$`)

func dotted(text string) bool { return dots.MatchString(text) }

// manners are the commands that begin a session.
func (s *server) manners() []string {
	var commands []string
	if s.feature("CLNT") {
		commands = append(commands, "CLNT Trawl")
	}
	if s.feature("UTF8") && s.settings.Charset == "" {
		commands = append(commands, "OPTS UTF8 ON")
	}
	if s.feature("MLST") && !s.facts() {
		commands = append(commands, "OPTS MLST type;size;modify;unique;")
	}
	return append(commands, "TYPE A")
}

// facts reports whether MLSD tells type, size and time without being asked to:
// FEAT marks the facts that are on by a star.
func (s *server) facts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.known.Features, func(line string) bool {
		line = strings.ToLower(line)
		return strings.HasPrefix(line, "mlst") && strings.Contains(line, "type*") &&
			strings.Contains(line, "size*") && strings.Contains(line, "modify*")
	})
}

// converse sends commands and reads their replies, ahead where the server takes
// it. Of a listing only the beginning is kept.
func (s *server) converse(ctx context.Context, l *lane, commands []string) ([]reply, error) {
	defer context.AfterFunc(ctx, l.kill)()
	var replies []reply
	batch := len(commands)
	if !s.able().pipeline {
		batch = 1
	}
	for part := range slices.Chunk(commands, batch) {
		for range part {
			if err := s.guest.Command(ctx); err != nil {
				return nil, err
			}
		}
		if err := l.send(part...); err != nil {
			return nil, err
		}
		for _, command := range part {
			answer := l.reply
			if strings.HasPrefix(command, "STAT ") {
				answer = func() (reply, error) { return s.statHead(ctx, l) }
			}
			r, err := answer()
			if err != nil {
				return nil, err
			}
			replies = append(replies, r)
		}
	}
	return replies, nil
}

// statHead reads a reply to STAT and keeps how its listing begins.
func (s *server) statHead(ctx context.Context, l *lane) (reply, error) {
	j := &judge{}
	r, err := s.statReply(ctx, l, min(tryBytes, s.limits.Listing), min(tryTime, s.limits.Watchdog), func(body io.Reader) error {
		j.body = body
		_, err := io.Copy(io.Discard, j)
		return err
	})
	if errors.Is(err, crawler.ErrBroken) && !l.dead.Load() { // a line that is no listing
		return reply{}, nil
	}
	return reply{r.code, r.text + "\n" + j.head.String()}, err
}

// greeted remembers the software, and forgets what was known of another one. Of
// the places that a server says are free it is asked for no more than half.
func (s *server) greeted(c *control, hello reply) {
	name := software(hello.text)
	c.product = name
	if m := places.FindStringSubmatch(hello.text); m != nil {
		taken, _ := strconv.Atoi(m[1])
		all, _ := strconv.Atoi(m[2])
		s.lanes.bound((all - taken + 1) / 2)
	}
	s.learn(func(known *index.Known, _ *abilities) {
		if name != "" && known.Software != "" && name != known.Software {
			known.Features, known.Demoted = nil, nil // what failed there may do here
		}
		if name != "" {
			known.Software = name
		}
	})
}

// places matches the number of a guest and of all that may come, as Pure-FTPd
// tells them ("You are user number 3 of 50 allowed.").
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

// firstLine returns a line of a reply that is fit to be kept.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return index.Visible(line[:min(len(line), 100)])
}
