package accesslog

import (
	"encoding/json"
	"time"

	"trawl/index"
)

// object is a line in JSON. Keys are added and never change their meaning.
type object struct {
	Time     string  `json:"time"` // when the request came
	Door     string  `json:"door"`
	Addr     string  `json:"addr"`
	User     string  `json:"user,omitempty"`
	Secure   bool    `json:"secure"` // by https
	Method   string  `json:"method"`
	Target   string  `json:"target"`
	Proto    string  `json:"proto"`
	Host     string  `json:"host"`
	Status   int     `json:"status"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Broken   bool    `json:"broken,omitempty"` // the answer ended before its end
	Referrer string  `json:"referrer,omitempty"`
	Agent    string  `json:"agent,omitempty"`
}

// json returns the line in JSON.
func (l *line) json() []byte {
	b, err := json.Marshal(object{
		Time: l.began.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Door: l.door, Addr: l.addr.String(), User: index.Visible(l.user), Secure: l.secure,
		Method: index.Visible(l.method), Target: index.Visible(l.target), Proto: l.proto, Host: index.Visible(l.host), Status: l.status, Bytes: l.bytes,
		Seconds: l.took.Round(time.Microsecond).Seconds(), Broken: l.broken, Referrer: index.Visible(l.referrer), Agent: index.Visible(l.agent),
	})
	if err != nil { // no value of an object can fail
		return nil
	}
	return append(b, '\n')
}
