package export

// Pages sets how many results the first page and the others have, so that a test needs fewer of them.
func (e *Exporter) Pages(first, next int) { e.first, e.next = first, next }
