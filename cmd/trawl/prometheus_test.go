package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// The alert rules and the dashboard that doc/watching.md offers.
const (
	rulesFile     = "../../doc/prometheus/trawl.rules.yml"
	rulesTestFile = "../../doc/prometheus/trawl.rules.test.yml"
	dashboardFile = "../../doc/prometheus/trawl.dashboard.json"
)

// TestPrometheus lets a Prometheus scrape a trawl that serves, and asks it each expression of the dashboard and of the alerts: all are
// answered, and name no metric that is not there.
func TestPrometheus(t *testing.T) {
	program := needs.Unpacked(t, "usr/bin/prometheus", "prometheus")
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "hello.txt"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	portal := strings.TrimSuffix(command{t, t.TempDir()}.startPortal("--metrics", "portal", "--ftp", "127.0.0.1:0", "--root", root), "/")
	for _, path := range []string{"/?q=hello", "/api/v1/search?q=nothing", "/hosts"} {
		body(t, portal+path)
	}
	p := startPrometheus(t, program, strings.TrimPrefix(portal, "http://"))
	names := p.names(t)
	for where, exprs := range map[string][]string{"dashboard": dashboardQueries(t), "rules": p.rules(t)} {
		if len(exprs) < 12 {
			t.Errorf("the %s has %d expressions alone", where, len(exprs))
		}
		for _, expr := range exprs {
			var result json.RawMessage
			p.get(t, "query?query="+url.QueryEscape(expr), &result)
			for _, name := range regexp.MustCompile(`\b(?:trawl|go|process)_[a-z_]+`).FindAllString(expr, -1) {
				if !names[name] {
					t.Errorf("%s: %s: there is no metric %s", where, expr, name)
				}
			}
		}
	}
	var alerts struct {
		Alerts []struct{ Labels, Annotations map[string]string }
	}
	p.get(t, "alerts", &alerts)
	if len(alerts.Alerts) > 0 { // also those that wait for their time
		t.Errorf("a trawl that is well raises %v", alerts.Alerts)
	}
}

// TestPromtool checks the rules, and plays alerts, as the documents say.
func TestPromtool(t *testing.T) {
	tool := needs.Unpacked(t, "usr/bin/promtool", "prometheus")
	for _, args := range [][]string{{"check", "rules", "--lint-fatal", rulesFile}, {"test", "rules", rulesTestFile}} {
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// body returns what HTTP answers.
func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// prometheus is the address of the API of a Prometheus.
type prometheus string

// startPrometheus starts one that scrapes a target, with the rules, and waits until it has.
func startPrometheus(t *testing.T, program, target string) prometheus {
	t.Helper()
	dir, addr := t.TempDir(), needs.Port(t)
	rules, err := filepath.Abs(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 500ms, evaluation_interval: 500ms}\nrule_files: [%q]\nscrape_configs:\n- job_name: trawl\n  static_configs: [{targets: [%q]}]\n", rules, target)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "--config.file", config, "--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", addr)
	var log bytes.Buffer
	cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = needs.Tied(), &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("prometheus: %v\n%s", err, &log)
		}
	})
	p := prometheus("http://" + addr + "/api/v1/")
	for range 600 { // two scrapes, so that there are rates
		var r struct{ Result []json.RawMessage }
		if p.ask(t, "query?query="+url.QueryEscape(`count_over_time(trawl_searches_total{surface="page",outcome="ok"}[1m]) > 2`), &r) == nil && len(r.Result) > 0 {
			return p
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("it scrapes nothing")
	return p
}

// ask asks the API. The error says why it does not answer, or what it says.
func (p prometheus) ask(t *testing.T, what string, data any) error {
	t.Helper()
	resp, err := http.Get(string(p) + what)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", resp.Status, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: %s", resp.Status, answer.Error)
	}
	return nil
}

// get asks the API, which must answer.
func (p prometheus) get(t *testing.T, what string, data any) {
	t.Helper()
	if err := p.ask(t, what, data); err != nil {
		text, _ := url.QueryUnescape(what)
		t.Errorf("%s: %v", text, err)
	}
}

// names returns the names of all metrics.
func (p prometheus) names(t *testing.T) map[string]bool {
	t.Helper()
	var all []string
	p.get(t, "label/__name__/values", &all)
	names := map[string]bool{}
	for _, name := range all {
		names[name] = true
	}
	return names
}

// rules returns the expressions of the rules. Each must have been evaluated well.
func (p prometheus) rules(t *testing.T) (exprs []string) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Query, Health, LastError string }
		}
	}
	p.get(t, "rules", &data)
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			exprs = append(exprs, r.Query)
			if r.Health == "err" {
				t.Errorf("%s: %s", r.Name, r.LastError)
			}
		}
	}
	return exprs
}

// dashboardQueries returns the expressions of the dashboard, as Grafana asks them.
func dashboardQueries(t *testing.T) (exprs []string) {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title      string
			Type       string
			Datasource struct{ UID string }
			Targets    []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		if panel.Type == "row" {
			continue
		}
		if panel.Datasource.UID != "${datasource}" || len(panel.Targets) == 0 {
			t.Errorf("the panel %q has no target, or a data source of its own", panel.Title)
		}
		for _, target := range panel.Targets {
			exprs = append(exprs, strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*").Replace(target.Expr))
		}
	}
	return exprs
}
