// Tests of MCPService.
