// Tests of Guardrails.
