package httpapi

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain"
)

const metricsPath = "/metrics"

// metricsType is the content type of Prometheus' text format.
const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// addMetrics serves the metrics. They say how much is stored and when it was
// backed up, so they need the token like every other call. The call is not in the
// OpenAPI document: what it answers is no JSON and has a document of its own.
func (s *Server) addMetrics() {
	if s.cfg.Metrics == nil {
		return
	}
	s.getOrHead(metricsPath, func(c *fiber.Ctx) error {
		if err := s.admit(c, access{operation: "metrics", scope: domain.KeyRead, whole: true}); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.UserContext(), s.cfg.RequestTimeout)
		defer cancel()
		text, err := s.cfg.Metrics(ctx)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, metricsType)
		return c.Send(text)
	})
}
