"""What products say of those who make them: income, inequality, emissions; and the growth that complexity foretells."""

from regionomics.trade.outlook import GrowthOutlook, growth_outlook
from regionomics.trade.products import expy, product_emissions, product_gini, prody

__all__ = ["GrowthOutlook", "expy", "growth_outlook", "product_emissions", "product_gini", "prody"]
