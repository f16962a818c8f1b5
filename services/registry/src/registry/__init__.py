"""Registration system (全国碳排放权注册登记系统): who holds which allowance, surrender."""
