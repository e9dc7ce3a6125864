package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/fold"
	"trawl/web/address"
)

// hostsShown is how many hosts a page lists.
const hostsShown = 100

// hostsPage is the body of the page of all hosts.
type hostsPage struct {
	None    bool // there are no hosts at all
	Sums    string
	Filter  string
	State   string // that is filtered by
	Sort    string // hidden in the form; "" is the default
	Reverse bool
	States  []stateLink
	Columns []column
	Rows    []hostRow
	Pages   *pager
}

// stateLink shows the hosts of a state alone.
type stateLink struct {
	Chip    badge
	Count   string
	To      template.URL
	Current bool
}

// hostRow is a host in the list.
type hostRow struct {
	Name, Files, Size, Crawled string
	Next, Way, Complete        string
	To                         template.URL
	Progress                   template.URL // of its events while it is crawled, or ""
	Chip                       badge
	At                         time.Time // of the last crawl
}

// hostsLook is how a reader looks at the list.
type hostsLook struct {
	sort          string
	reverse       bool
	filter, state string
	from          int
}

func hostSorts() []string { return []string{"name", "state", "files", "size", "crawl"} }

// readHostsLook reads the parameters of the list. A value that cannot be read is left out.
func readHostsLook(q url.Values) hostsLook {
	l := hostsLook{sort: "name", reverse: q.Get(lookReverse) == "1", filter: typed(q.Get(lookFilter))}
	if by := q.Get(lookSort); slices.Contains(hostSorts(), by) {
		l.sort = by
	}
	if state := q.Get("state"); slices.Contains(states(), state) {
		l.state = state
	}
	if n, err := strconv.Atoi(q.Get(lookFrom)); err == nil && n > 1 {
		l.from = n - 1
	}
	return l
}

// address returns the address of the list.
func (l hostsLook) address() string {
	q := url.Values{}
	if l.sort != "name" {
		q.Set(lookSort, l.sort)
	}
	if l.reverse {
		q.Set(lookReverse, "1")
	}
	if l.filter != "" {
		q.Set(lookFilter, l.filter)
	}
	if l.state != "" {
		q.Set("state", l.state)
	}
	if l.from > 0 {
		q.Set(lookFrom, strconv.Itoa(l.from+1))
	}
	if len(q) == 0 {
		return "/hosts"
	}
	return "/hosts?" + q.Encode()
}

// hosts answers GET /hosts with a list of all hosts.
func (p *portal) hosts(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	v := p.visit(c.Request)
	look := readHostsLook(c.Request.URL.Query())
	p.draw(c, http.StatusOK, "hosts", page{Title: v.Text("hosts") + " – Trawl", About: v.Text("hosts.about"), Index: true, Body: v.newHostsPage(hosts, look)})
}

// newHostsPage returns what the page shows of the hosts.
func (v visit) newHostsPage(hosts []index.Host, look hostsLook) hostsPage {
	body := hostsPage{None: len(hosts) == 0, Filter: look.filter, State: look.state, Reverse: look.reverse, Columns: v.hostColumns(look)}
	if look.sort != "name" {
		body.Sort = look.sort
	}
	hosts = slices.DeleteFunc(slices.Clone(hosts), func(h index.Host) bool {
		return !strings.Contains(fold.String(string(h.ID)), fold.String(look.filter))
	})
	body.States = v.stateLinks(hosts, look)
	if look.state != "" {
		hosts = slices.DeleteFunc(hosts, func(h index.Host) bool { return h.State() != look.state })
	}
	body.Sums = v.hostSums(hosts)
	slices.SortStableFunc(hosts, func(a, b index.Host) int { return look.compare(&a, &b) })
	from := min(look.from, len(hosts))
	shown := hosts[from:min(len(hosts), from+hostsShown)]
	body.Pages = v.newPager(look.from, len(shown), len(hosts), hostsShown, func(offset int) template.URL {
		other := look
		other.from = offset
		return v.keep(other.address())
	})
	for i := range shown {
		body.Rows = append(body.Rows, v.newHostRow(&shown[i]))
	}
	return body
}

// compare orders hosts by name, and by size and time the largest and newest first.
func (l hostsLook) compare(a, b *index.Host) int {
	c := 0
	switch l.sort {
	case "state":
		c = cmp.Compare(slices.Index(states(), a.State()), slices.Index(states(), b.State()))
	case "files":
		c = cmp.Compare(b.Tally.Files, a.Tally.Files)
	case "size":
		c = cmp.Compare(b.Tally.Bytes, a.Tally.Bytes)
	case "crawl":
		c = b.Health.LastCrawl.Compare(a.Health.LastCrawl)
	}
	c = cmp.Or(c, cmp.Compare(a.ID.Name(), b.ID.Name()), cmp.Compare(a.ID, b.ID))
	if l.reverse {
		return -c
	}
	return c
}

// newHostRow returns a host as the list shows it.
func (v visit) newHostRow(h *index.Host) hostRow {
	r := hostRow{
		Name: index.Visible(string(h.ID)), To: v.page(address.Host, h.ID, h.ID.Root()), Chip: v.badge(h),
		Files: v.Number(h.Tally.Files), Size: v.Size(h.Tally.Bytes), Crawled: v.ago(h.Health.LastCrawl), At: h.Health.LastCrawl,
		Next: v.next(h), Way: v.way(h.Known.Way), Complete: v.completeness(h),
	}
	if h.Health.Crawling {
		r.Progress = progressAddress(h.ID)
	}
	return r
}

// hostSums returns the sums over hosts.
//
//	400 hosts, 1,954,110 files, 3.2 TiB
func (v visit) hostSums(hosts []index.Host) string {
	var files, bytes int64
	for i := range hosts {
		files += hosts[i].Tally.Files
		bytes += hosts[i].Tally.Bytes
	}
	return v.Count("hosts.sums", int64(len(hosts)), "Files", v.Count("browse.files", files), "Size", v.Size(bytes))
}

// stateLinks returns a link for each state that hosts are in.
func (v visit) stateLinks(hosts []index.Host, look hostsLook) []stateLink {
	counts := map[string]int64{}
	for i := range hosts {
		counts[hosts[i].State()]++
	}
	var out []stateLink
	for _, state := range states() {
		other := look
		other.from, other.state = 0, state
		current := look.state == state
		if current {
			other.state = ""
		}
		if counts[state] > 0 || current {
			out = append(out, stateLink{badge{state, v.Text("state." + state)}, v.Number(counts[state]), v.keep(other.address()), current})
		}
	}
	return out
}

// hostColumns returns the headings of the list. That of the order in force turns it round.
func (v visit) hostColumns(look hostsLook) []column {
	var out []column
	for _, by := range hostSorts() {
		other := look
		other.sort, other.reverse, other.from = by, false, 0
		c := column{Name: v.Text("hosts.by-" + by), Class: "by-" + by}
		if by == look.sort {
			other.reverse = !look.reverse
			c.Aria = "ascending"
			if look.reverse != (by != "name" && by != "state") {
				c.Aria = "descending"
			}
		}
		c.To = v.keep(other.address())
		out = append(out, c)
	}
	return out
}
