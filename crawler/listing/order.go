package listing

// This file finds the order of dates that are three numbers.

// numbers are the three numbers of a date, how many digits each has, and what is between them.
type numbers struct {
	part, digits [3]int
	sep          byte
}

// habit returns that of the host for dates with the separator of t. Some hosts mix several.
func (c *clock) habit(t numbers) *dateHabit {
	switch t.sep {
	case '.':
		return &c.orders[0]
	case '/':
		return &c.orders[1]
	}
	return &c.orders[2]
}

// ordered returns the date that t is in an order.
func (c *clock) ordered(t numbers, order dateOrder) (year, month, dom int) {
	switch p := t.part; order {
	case yearFirst:
		year, month, dom = c.leadingYear(p[0], t.digits[0]), p[1], p[2]
	case dayFirst:
		year, month, dom = fullYear(p[2], t.digits[2]), p[1], p[0]
	default:
		year, month, dom = fullYear(p[2], t.digits[2]), p[0], p[1]
	}
	return c.gregorian(year, month, dom)
}

// fits reports whether the numbers can be a date in an order.
func (t numbers) fits(order dateOrder) bool {
	month, dom := t.part[0], t.part[1]
	switch order {
	case yearFirst:
		month, dom = t.part[1], t.part[2]
		if t.digits[0] < 2 || t.digits[2] > 2 {
			return false
		}
	case dayFirst:
		month, dom = dom, month
	}
	return month >= 1 && month <= 12 && dom >= 1 && dom <= 31
}

// orders is a set of orders.
type orders uint8

func (o orders) has(order dateOrder) bool { return o&(1<<order) != 0 }

// only returns the order if there is one alone.
func (o orders) only() (dateOrder, bool) {
	for _, order := range []dateOrder{monthFirst, dayFirst, yearFirst} {
		if o == 1<<order {
			return order, true
		}
	}
	return orderUnknown, false
}

// settle finds the order of a date. Numbers above 12 and 31 show what cannot be the month and the
// day, and a date in the future refutes an order of which nothing else is known. Where several orders
// are left, the host's habit decides, then fallback. An order that is certain becomes the habit.
//
//	04/27/00 => month first; 27/04/00 => day first; 99/04/27 => year first
//	04/03/31, in 2026 => year first, for 2031 is to come
//	05.01.2024        => day first, whatever else the dialect has
func (c *clock) settle(t numbers, fallback dateOrder) dateOrder {
	if t.digits[0] >= 3 {
		return yearFirst
	}
	if t.sep == '.' && fallback == monthFirst {
		fallback = dayFirst // as all write who write dots
	}
	habit := c.habit(t)
	if habit.firm && fallback != yearFirst && t.fits(habit.order) {
		return habit.order
	}
	var fit, past orders
	for _, order := range []dateOrder{monthFirst, dayFirst, yearFirst} {
		if t.fits(order) {
			fit |= 1 << order
			if !c.future(t, order) {
				past |= 1 << order
			}
		}
	}
	if order, ok := fit.only(); ok {
		*habit = dateHabit{order, true}
		return order
	}
	if past == 0 {
		past = fit
	}
	if order, ok := past.only(); ok {
		if !habit.firm {
			habit.order = order
		}
		return order
	}
	return habit.likely(past, fallback)
}

// likely returns the order of a date that may have any of several.
func (h *dateHabit) likely(past orders, fallback dateOrder) dateOrder {
	switch {
	case fallback == yearFirst && past.has(yearFirst), h.order == orderUnknown && past.has(fallback), past == 0:
		return fallback
	case past.has(h.order):
		return h.order
	case past.has(fallback):
		return fallback
	}
	*h = dateHabit{order: dayFirst} // month first is refuted, and the year is rarely in front
	return dayFirst
}

// future reports whether the numbers are a date after the present in an order.
func (c *clock) future(t numbers, order dateOrder) bool {
	n, ok := days(c.ordered(t, order))
	return ok && n*day > c.now+day
}
