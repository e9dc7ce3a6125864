package robots_test

import (
	"fmt"
	"strings"

	"trawl/crawler/robots"
)

func ExampleParse() {
	rules := robots.Parse(strings.NewReader("User-agent: *\nDisallow: /incoming\nAllow: /incoming/README\nCrawl-delay: 2\n"))
	fmt.Println(rules.Allows("/pub"), rules.Allows("/incoming/x"), rules.Allows("/incoming/README"), rules.Delay())
	// Output: true false true 2s
}
