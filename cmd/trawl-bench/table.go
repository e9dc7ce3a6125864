package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table prints rows in the form of Markdown, so that a README can show it.
type table struct {
	w    *tabwriter.Writer
	cols int
}

func newTable(w io.Writer, title string, columns ...string) *table {
	fmt.Fprintf(w, "\n### %s\n\n", title)
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.TabIndent), cols: len(columns)}
	t.row(columns...)
	rule := make([]string, len(columns))
	for i := range rule {
		rule[i] = "---"
	}
	t.row(rule...)
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintln(t.w, "| "+strings.Join(cells, "\t| ")+"\t|")
}

func (t *table) close() error { return t.w.Flush() }

// median returns the middle of ds.
func median(ds []time.Duration) time.Duration { return percentile(ds, 50) }

// percentile returns the smallest of ds that p percent of them do not exceed.
func percentile(ds []time.Duration, p int) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(ds))
	return sorted[(len(sorted)-1)*p/100]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func ratio(a, b time.Duration) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2fx", float64(a)/float64(b))
}

// printHardware prints the hardware of the measurement.
func printHardware(w io.Writer) {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	fmt.Fprintf(w, "%s, %d cores, %s, %s\n", model, runtime.NumCPU(), runtime.Version(), time.Now().Format("2006-01-02"))
}
