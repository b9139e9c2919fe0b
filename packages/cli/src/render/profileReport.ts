import { familyWork, kernelWork, totalWork, type Profile } from "@diva/tensor"

/** A profile as data: the whole, by family, by kernel, and every dispatch. */
export const profileData = (profile: Profile) => {
  const { steps, ...rest } = profile
  return {
    ...rest,
    total: totalWork(profile),
    families: familyWork(profile),
    kernels: kernelWork(profile),
    steps,
  }
}
