# SPDX-License-Identifier: Apache-2.0
# What R makes of the spells that `role_trial data` prints (or of others in the
# same columns): survival estimates, intervals, medians, differences, the
# log-rank test; with --exact also binomial and Poisson intervals.  Prints
# set,what,value; what R calls NA is left out.
#
# usage: Rscript effect_r.R DATA.csv [--exact] > EXPECTED.csv
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1], colClasses = c("character", "numeric", "numeric", "numeric"))
day <- 86400e6
horizons <- c(1, 3, 7, 14, 30, 180)
z <- qnorm(0.975)

say <- function(set, what, value)
  if (length(value) == 1 && is.finite(value))
    cat(sprintf("%s,%s,%.12g\n", set, what, value))

cat("set,what,value\n")
for (set in unique(data$set)) {
  here <- data[data$set == set, ]
  left <- list()
  for (arm in 0:1) {
    own <- here[here$arm == arm, ]
    if (nrow(own) == 0) next
    fit <- survfit(Surv(us, clean) ~ 1, data = own, conf.type = "log-log",
                   timefix = FALSE)
    for (h in horizons) {
      # Beyond the last case nothing is known, unless all are clean.
      done <- min(fit$surv) == 0
      if (h * day > max(own$us) && !done) next
      at <- summary(fit, times = h * day, extend = TRUE)
      say(set, sprintf("cleaned.%d.%d", arm, h), 1 - at$surv)
      if (at$surv > 0 && at$surv < 1) {
        say(set, sprintf("cleaned.%d.%d.low", arm, h), 1 - at$upper)
        say(set, sprintf("cleaned.%d.%d.high", arm, h), 1 - at$lower)
      }
      say(set, sprintf("risk.%d.%d", arm, h), sum(own$us >= h * day))
      left[[sprintf("%d.%d", arm, h)]] <-
        c(at$surv, if (at$surv > 0) at$std.err else 0)
    }
    middle <- summary(fit)$table
    say(set, sprintf("median.%d", arm), middle[["median"]] / day)
    say(set, sprintf("median.%d.low", arm), middle[["0.95LCL"]] / day)
    say(set, sprintf("median.%d.high", arm), middle[["0.95UCL"]] / day)
  }
  for (h in horizons) {
    one <- left[[sprintf("0.%d", h)]]
    other <- left[[sprintf("1.%d", h)]]
    if (is.null(one) || is.null(other)) next
    reach <- z * sqrt(one[2]^2 + other[2]^2)
    difference <- other[1] - one[1]
    say(set, sprintf("difference.%d", h), difference)
    if (reach > 0) {
      say(set, sprintf("difference.%d.low", h), max(-1, difference - reach))
      say(set, sprintf("difference.%d.high", h), min(1, difference + reach))
    }
  }
  if (length(unique(here$arm)) == 2 && sum(here$clean) > 0) {
    test <- survdiff(Surv(us, clean) ~ arm, data = here)
    if (test$var[1, 1] > 0) {
      say(set, "logrank.chi2", test$chisq)
      say(set, "logrank.p", pchisq(test$chisq, 1, lower.tail = FALSE))
    }
  }
}
if ("--exact" %in% arguments) {
  pairs <- list(c(0, 20), c(1, 20), c(3, 10), c(10, 10), c(0, 2995), c(5, 7),
                c(17, 4000), c(1, 1))
  for (p in pairs) {
    name <- sprintf("%d/%d", p[1], p[2])
    share <- binom.test(p[1], p[2])
    say("binomial", name, p[1] / p[2])
    say("binomial", paste0(name, ".low"), share$conf.int[1])
    say("binomial", paste0(name, ".high"), share$conf.int[2])
    rate <- poisson.test(p[1], T = p[2])
    say("poisson", name, p[1] / p[2])
    say("poisson", paste0(name, ".low"), rate$conf.int[1])
    say("poisson", paste0(name, ".high"), rate$conf.int[2])
    say("bound", name,
        binom.test(p[1], p[2], alternative = "less")$conf.int[2])
  }
}
