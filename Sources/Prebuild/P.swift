let prebuilt = 1
