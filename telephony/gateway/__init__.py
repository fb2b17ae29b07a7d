"""The second SMS door: any aggregator that speaks docs/runbooks/connect-sms-gateway.md."""
