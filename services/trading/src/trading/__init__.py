"""Trading and settlement systems (交易系统, 结算系统)."""
