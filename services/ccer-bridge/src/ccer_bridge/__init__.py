"""Voluntary-reduction registry (国家温室气体自愿减排注册登记系统) and its daily hand-over."""
