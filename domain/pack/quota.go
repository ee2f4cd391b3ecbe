package pack

import "github.com/atocore/atocore/domain"

// shares say how a budget is divided where every tier could use all of it: three,
// four and five parts in twelve.
var shares = map[domain.Tier]int{domain.TierState: 3, domain.TierMemory: 4, domain.TierDocument: 5}

// divide shares the budget among the tiers by the weights: nobody gets more than it
// wants, and what one leaves goes to the others by their weights (weighted max-min
// fairness). More budget never makes anybody's part smaller.
func divide(budget int, wants map[domain.Tier]int) map[domain.Tier]int {
	parts := map[domain.Tier]int{}
	open, weight := []domain.Tier{}, 0
	for _, t := range domain.Tiers {
		if wants[t] > 0 {
			open, weight = append(open, t), weight+shares[t]
		}
	}
	for budget > 0 && len(open) > 0 {
		var still []domain.Tier
		left, w := budget, weight
		for _, t := range open {
			if wants[t]*weight <= budget*shares[t] {
				parts[t] = wants[t]
				left, w = left-wants[t], w-shares[t]
			} else {
				still = append(still, t)
			}
		}
		if len(still) == len(open) {
			for _, t := range open {
				parts[t] = budget * shares[t] / weight
			}
			return parts
		}
		open, budget, weight = still, left, w
	}
	return parts
}
