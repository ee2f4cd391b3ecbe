package registryjson

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/atocore/atocore/domain"
)

// differences says what would become of the live projects.
func differences(live, copied []domain.Project) []string {
	old := map[string]domain.Project{}
	for _, p := range copied {
		old[domain.FoldName(p.Name)] = p
	}
	var vanish, change, back []string
	for _, p := range live {
		o, known := old[domain.FoldName(p.Name)]
		delete(old, domain.FoldName(p.Name))
		switch {
		case !known:
			vanish = append(vanish, p.Name)
		case !reflect.DeepEqual(o, p):
			change = append(change, p.Name)
		}
	}
	for _, p := range copied {
		if _, left := old[domain.FoldName(p.Name)]; left {
			back = append(back, p.Name)
		}
	}
	var said []string
	for _, d := range []struct {
		names     []string
		one, many string
	}{
		{vanish, "1 project vanishes: %s", "%d projects vanish: %s"},
		{change, "1 project goes back to its older registration: %s", "%d projects go back to their older registration: %s"},
		{back, "1 project removed since this backup comes back: %s", "%d projects removed since this backup come back: %s"},
	} {
		switch len(d.names) {
		case 0:
		case 1:
			said = append(said, fmt.Sprintf(d.one, d.names[0]))
		default:
			said = append(said, fmt.Sprintf(d.many, len(d.names), listed(d.names)))
		}
	}
	return said
}

// listed joins names; a long list is cut.
func listed(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
