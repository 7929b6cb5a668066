package dev.tern.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.train.config.OptimizerSettings;
import org.junit.jupiter.api.Test;

class TwoStageScheduleTest {
  private static final double EXACT = 1e-12;

  private static TwoStageSchedule schedule(double secondStageAt) {
    return new TwoStageSchedule(
        new OptimizerSettings(1.5e-3, 1e-3, 10, secondStageAt, 0.1, 0.9, 0.95, 1e-8, 1), 110);
  }

  @Test
  void growsThenFallsTowardTheEndOfTheRun() {
    TwoStageSchedule schedule = schedule(0.5);
    assertEquals(1.5e-4, schedule.learningRate(0), EXACT);
    assertEquals(1.5e-3, schedule.learningRate(9), EXACT);
    assertEquals(1.5e-3, schedule.learningRate(10), EXACT);
    assertEquals(1.5e-3 * 70 / 100, schedule.learningRate(40), EXACT);
    assertEquals(0.1, schedule.weightDecay(54));
  }

  @Test
  void beginsAgainFromTheSecondPeakWithoutWeightDecay() {
    TwoStageSchedule schedule = schedule(0.5);
    assertEquals(1e-3, schedule.learningRate(55), EXACT);
    assertEquals(1e-3 * 11 / 55, schedule.learningRate(99), EXACT);
    assertEquals(0, schedule.learningRate(110), EXACT);
    assertEquals(0, schedule.weightDecay(55));
  }

  @Test
  void hasOneStageWhereTheSecondWouldBeginAtTheEnd() {
    TwoStageSchedule schedule = schedule(1);
    assertEquals(1.5e-3 / 100, schedule.learningRate(109), EXACT);
    assertEquals(0.1, schedule.weightDecay(109));
  }
}
