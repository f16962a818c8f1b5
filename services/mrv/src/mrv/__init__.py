"""Management platform (全国碳市场管理平台): roster, verified emissions, allocation, offset applications."""
