package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxBody is how many bytes a body has at most: settings have a few hundred.
const maxBody = 64 << 10

// readSettings reads the JSON object of a body. It is strict: a member that is given twice, or that is an object, is refused, since
// readers differ in what they make of it.
func readSettings(w http.ResponseWriter, r *http.Request, types ...string) (Settings, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, media) {
		return nil, &problem{kind: wrongMedia, detail: "the body has to be " + strings.Join(types, " or ")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if errors.As(err, new(*http.MaxBytesError)) {
		return nil, &problem{kind: tooLarge, detail: fmt.Sprintf("a body has at most %d bytes", maxBody)}
	}
	if err != nil {
		return nil, &problem{kind: wrongBody, detail: "the body broke off"}
	}
	return parseSettings(body)
}

// parseSettings reads a JSON object of values.
func parseSettings(body []byte) (Settings, error) {
	bad := func(detail string) error { return &problem{kind: wrongBody, detail: detail} }
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, bad("the body is no JSON object")
	}
	out := Settings{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, bad("the body is no JSON object")
		}
		key := name.(string) //nolint:forcetypeassert // the decoder takes no other
		if _, twice := out[key]; twice {
			return nil, &problem{kind: wrongBody, field: key, detail: "a member is given twice"}
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, bad("the body is no JSON object")
		}
		if out[key], err = textOf(value); err != nil {
			return nil, &problem{kind: wrongField, field: key, detail: err.Error()}
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, bad("the body is no JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, bad("something follows the JSON object")
	}
	return out, nil
}

// textOf returns a value as the flags of the command add have it; nil for null.
func textOf(value any) (*string, error) {
	var text string
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = fmt.Sprint(v)
	case []any:
		list := make([]string, len(v))
		for i := range v {
			s, ok := v[i].(string)
			if !ok {
				return nil, errors.New("a list holds texts alone")
			}
			list[i] = s
		}
		if len(list) == 0 {
			return nil, nil
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write(list); err != nil {
			return nil, err
		}
		w.Flush()
		text = strings.TrimSuffix(b.String(), "\n")
	default:
		return nil, errors.New("no setting is an object")
	}
	if strings.ContainsAny(text, "\x00\r\n") {
		return nil, errors.New("a setting is one line")
	}
	return &text, nil
}
