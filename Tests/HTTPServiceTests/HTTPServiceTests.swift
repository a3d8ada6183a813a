// Tests of HTTPService.
